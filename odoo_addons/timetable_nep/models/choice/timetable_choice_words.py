from odoo import models


class TimetableChoiceWindow(models.Model):
    """Refusals of the rules in words: which rule, and what to do."""

    _inherit = "timetable.choice.window"

    def _words(self, refusals):
        """Sentences, each once.

        :param refusals: of ``tools.choice_rules``
        """
        return list(dict.fromkeys(self._word(row) for row in refusals))

    def _word(self, refusal):
        sentence = getattr(self, f"_word_{refusal.code}")
        return sentence(**refusal.args)

    def _offering_name(self, number):
        return self.env["timetable.offering"].sudo().browse(number).display_name

    def _basket_name(self, number):
        return self.env["timetable.basket"].sudo().browse(number).name

    def _course_names(self, numbers):
        courses = self.env["timetable.course"].sudo().browse(numbers)
        return ", ".join(courses.mapped("display_name"))

    def _word_closed(self, offering):
        return self.env._(
            "%s is not offered for choice this term: choose another course.",
            self._offering_name(offering),
        )

    def _word_programme(self, offering):
        return self.env._(
            "%s is for other programmes only: choose another course.",
            self._offering_name(offering),
        )

    def _word_passed(self, offering):
        return self.env._(
            "You have passed %s already: choose another course.",
            self._offering_name(offering),
        )

    def _word_prerequisite(self, offering, courses):
        return self.env._(
            "%(offering)s needs one of these passed before: %(courses)s. Choose "
            "another course, or ask the timetable office if your marks are missing.",
            offering=self._offering_name(offering),
            courses=self._course_names(courses),
        )

    def _word_excluded_passed(self, offering, course):
        return self.env._(
            "%(offering)s cannot follow %(course)s, which you have passed: choose "
            "another course.",
            offering=self._offering_name(offering),
            course=self._course_names([course]),
        )

    def _word_excluded(self, offering, other):
        return self.env._(
            "%(offering)s and %(other)s may not be taken together: choose one of them.",
            offering=self._offering_name(offering),
            other=self._offering_name(other),
        )

    def _word_subject(self, offering, other):
        return self.env._(
            "%(offering)s and %(other)s are of the same subject, and each subject "
            "counts once: choose one of them.",
            offering=self._offering_name(offering),
            other=self._offering_name(other),
        )

    def _word_no_basket(self, basket):
        del basket
        return self.env._(
            "The baskets have changed meanwhile. Load the page again and choose anew."
        )

    def _word_not_in_basket(self, basket):
        return self.env._(
            "%s has other courses now. Load the page again and choose anew.",
            self._basket_name(basket),
        )

    def _word_twice(self, basket):
        return self.env._(
            "%s: you ranked a course twice. Rank each course once.",
            self._basket_name(basket),
        )

    def _word_two_baskets(self, offering):
        return self.env._(
            "You ranked %s in two baskets: leave it in one of them.",
            self._offering_name(offering),
        )

    def _word_too_few(self, basket, count, asked):
        return self.env._(
            "%(basket)s: you ranked %(count)s courses; rank %(asked)s, so that you get "
            "one even if the first is full.",
            basket=self._basket_name(basket),
            count=count,
            asked=asked,
        )

    def _word_most_credits(self, credits, limit):
        return self.env._(
            "With this you could come to %(credits)g credits; at most %(limit)g are "
            "allowed in the term. Choose courses with fewer credits.",
            credits=credits,
            limit=limit,
        )

    def _word_least_credits(self, credits, limit):
        return self.env._(
            "With this you might have only %(credits)g credits; at least %(limit)g are "
            "needed in the term. Choose courses with more credits.",
            credits=credits,
            limit=limit,
        )

    def _word_held(self, offering):
        return self.env._("You have %s already.", self._offering_name(offering))

    def _word_not_held(self, offering):
        return self.env._(
            "You do not have %s, so there is nothing to give back.",
            self._offering_name(offering),
        )

    def _word_no_choice(self, offering):
        return self.env._(
            "%s is not a course of choice: ask the timetable office.",
            self._offering_name(offering),
        )

    def _word_basket_full(self, basket, most):
        return self.env._(
            "%(basket)s: you have %(most)s already, and that is the most. Give one "
            "back first.",
            basket=self._basket_name(basket),
            most=most,
        )
