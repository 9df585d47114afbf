"""A bucket in memory, with the refusals of Cloud Storage that writing once depends on."""

from dataclasses import dataclass, field

from functions.objects import md5


@dataclass(slots=True)
class Blob:
    """One object, as far as the code asks for it."""

    name: str
    bucket: "Bucket"

    @property
    def md5_hash(self) -> str:
        return md5(self.bucket.content[self.name])

    def upload_from_string(
        self, content: bytes, content_type: str, if_generation_match: int
    ) -> None:
        from google.api_core.exceptions import PreconditionFailed

        assert if_generation_match == 0, "everything here is written once"
        assert content_type
        if self.name in self.bucket.content:
            raise PreconditionFailed("it is there")
        self.bucket.content[self.name] = content

    def download_as_bytes(self) -> bytes:
        from google.api_core.exceptions import NotFound

        if self.name not in self.bucket.content:
            raise NotFound("it is not there")
        return self.bucket.content[self.name]


@dataclass(slots=True)
class Bucket:
    """Names and contents."""

    name: str = "shelf"
    content: dict[str, bytes] = field(default_factory=dict)

    def blob(self, name: str) -> Blob:
        return Blob(name, self)

    def get_blob(self, name: str) -> Blob | None:
        return Blob(name, self) if name in self.content else None

    def list_blobs(self, prefix: str) -> list[Blob]:
        return [Blob(name, self) for name in self.content if name.startswith(prefix)]
