"""A file in a bucket."""

from dataclasses import dataclass

from erejestracja.domain.ids import ImportId, derived_id


@dataclass(frozen=True, slots=True)
class File:
    """An object as it was stored: the same name stored again is another generation."""

    name: str
    generation: int

    @property
    def import_id(self) -> ImportId:
        """Return the id of this file's import, however often we are told of the file."""
        return ImportId(derived_id("import", self.name, str(self.generation)))
