"""What can go wrong with a job, for the API's one table of errors."""

from ..contract import FieldError, JobState


class JobError(Exception):
    """Base of the errors of this package."""


class UnknownJobError(JobError):
    """The tenant has no such job."""


class ForbiddenTransitionError(JobError):
    """The job's state does not allow this."""

    def __init__(self, old: JobState, new: JobState) -> None:
        super().__init__(f"A job that is {old} cannot become {new}.")
        self.old, self.new = old, new


class InvalidRequestError(JobError):
    """The body is not what the contract says."""

    def __init__(self, detail: str, errors: list[FieldError], code: str) -> None:
        super().__init__(detail)
        self.detail, self.errors, self.code = detail, errors, code


class BodyTooLargeError(JobError):
    """The body is larger than the service accepts."""


class KeyReusedError(JobError):
    """The idempotency key belongs to another request."""


class AnalysisError(JobError):
    """The analysis process could not answer."""
