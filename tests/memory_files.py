"""A filesystem that Beam reaches by memory://: an object store, to write tests with."""

import io

from apache_beam.io import filesystem as beam_filesystem


class Memory(beam_filesystem.FileSystem):
    """An object store: names without folders, files that are whole or absent."""

    files = {}

    @classmethod
    def scheme(cls):
        return "memory"

    def join(self, basepath, *paths):
        return "/".join([basepath.rstrip("/"), *paths])

    def split(self, path):
        return path.rsplit("/", 1)

    def mkdirs(self, path):
        raise AssertionError("an object store has no folders")

    def has_dirs(self):
        return False

    def _list(self, prefix):
        for path, data in sorted(self.files.items()):
            if path.startswith(prefix):
                yield beam_filesystem.FileMetadata(path, len(data), 0.0)

    def create(self, path, mime_type="", compression_type="auto"):
        files = self.files

        class Upload(io.BytesIO):
            def close(self):
                if not self.closed:
                    files[path] = self.getvalue()
                super().close()

        return Upload()

    def open(self, path, mime_type="", compression_type="auto"):
        if path not in self.files:
            raise beam_filesystem.BeamIOError(f"{path} not found")
        return io.BytesIO(self.files[path])

    def copy(self, sources, targets):
        for source, target in zip(sources, targets, strict=True):
            self.files[target] = self.files[source]

    def rename(self, sources, targets):
        for source, target in zip(sources, targets, strict=True):
            self.files[target] = self.files.pop(source)

    def exists(self, path):
        return path in self.files

    def size(self, path):
        return len(self.files[path])

    def last_updated(self, path):
        return 0.0

    def checksum(self, path):
        return str(len(self.files[path]))

    def metadata(self, path):
        return beam_filesystem.FileMetadata(path, len(self.files[path]), 0.0)

    def delete(self, paths):
        for path in paths:
            del self.files[path]
