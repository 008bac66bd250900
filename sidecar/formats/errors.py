"""What a format reader raises."""


class FormatError(ValueError):
    """A file that cannot be read; ``line`` is 0 where no single line is at fault."""

    def __init__(self, line: int, message: str) -> None:
        where = f"Line {line}: " if line else ""
        super().__init__(f"{where}{message}.")
        self.line = line
