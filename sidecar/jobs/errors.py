"""What can go wrong with a job, for the API's one table of errors."""

from ..contract import FieldError, JobState
from ..contract.catalogue import Message, english, message


class JobError(Exception):
    """Base of the errors of this package: a message of the catalogue, or a sentence."""

    def __init__(self, said: Message | str, *more: object) -> None:
        self.said = said if isinstance(said, Message) else None
        text = english(said) if isinstance(said, Message) else said
        super().__init__(text, *more)


class UnknownJobError(JobError):
    """The tenant has no such job."""


class DamagedJobError(UnknownJobError):
    """The job is there, but a file of it cannot be read."""

    def __init__(self, job_id: str, name: str) -> None:
        super().__init__(message("job_damaged", name=name))
        self.job_id, self.name = job_id, name


class ForbiddenTransitionError(JobError):
    """The job's state does not allow this."""

    def __init__(self, old: JobState, new: JobState) -> None:
        super().__init__(message("wrong_state", before=str(old), after=str(new)))
        self.old, self.new = old, new


class NoResultError(JobError):
    """The job has no result, or none yet."""


class TooManyJobsError(JobError):
    """The tenant's quota is used up."""

    def __init__(self, said: Message, retry_after_seconds: int) -> None:
        super().__init__(said)
        self.retry_after_seconds = retry_after_seconds


class TooManyQuestionsError(TooManyJobsError):
    """The tenant's questions before this one have no answer yet."""


class TooManyRequestsError(TooManyJobsError):
    """The tenant's commands or questions of this minute are used up."""


class InvalidRequestError(JobError):
    """The body is not what the contract says."""

    def __init__(self, detail: str, errors: list[FieldError], code: str) -> None:
        # All arguments, so that it survives the way between two processes.
        super().__init__(detail, errors, code)
        self.detail, self.errors, self.code = detail, errors, code

    def __str__(self) -> str:
        return self.detail


class BodyTooLargeError(JobError):
    """The body is larger than the service accepts."""


class SlowRequestError(JobError):
    """The body takes too long to arrive."""


class KeyReusedError(JobError):
    """The idempotency key belongs to another request."""


class UnauthorisedError(JobError):
    """Token or signature are missing or wrong."""

    def __init__(self, detail: str, code: str) -> None:
        super().__init__(detail)
        self.code = code


class AnalysisError(JobError):
    """The analysis process could not answer."""


class GoneError(JobError):
    """A solver machine has the attempt no more."""


class RefusedFileError(JobError):
    """A solver machine may not send this file."""
