"""Files that are sent to us: kept in memory while the request lasts, cut off at a size, never written anywhere."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

MOST_BYTES = 9 * 1024 * 1024  # What reads the file says how much it takes; this is above all of it.


class InMemory(FileUploadHandler):
    """Holds a file in memory. Of one that is too large it keeps nothing but its size, so that a form can say so."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.content, self.received = BytesIO(), 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received <= MOST_BYTES:
            self.content.write(raw_data)
        elif self.content.getbuffer().nbytes:
            self.content = BytesIO()

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.content.seek(0)
        return InMemoryUploadedFile(
            self.content, self.field_name, self.file_name, self.content_type, file_size, self.charset
        )
