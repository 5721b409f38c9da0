"""Where pictures are put: into the project's folder, and into a bucket where there is one."""

from collections.abc import Mapping
from datetime import UTC, datetime

from digest.config import Config
from digest.error_words import words_of
from digest.pictures.bucket import Bucket, NotTakenError
from digest.pictures.folder import PictureFolder, type_of

# What mails show; pages take what they show from the folder.
_OF_MAILS = (".jpg", ".png")


def put_pictures(config: Config, files: Mapping[str, bytes]) -> str:
    """Keep files by name; why that cannot be, as the end of a sentence, empty where it can.

    The folder comes last: what lies in it is in the bucket too, and is not put there again.
    """
    folder, bucket = PictureFolder(config.picture_folder), bucket_of(config)
    try:
        if bucket is not None:
            for name, data in files.items():
                if name.endswith(_OF_MAILS) and folder.path(name) is None:
                    # A signature is good for some minutes of the machine's own time.
                    bucket.put(name, data, type_of(name), datetime.now(UTC))
        folder.put(files)
    except NotTakenError as error:
        return f"cannot be kept: the bucket {error}"
    except OSError as error:
        return f"cannot be kept in {folder.folder}: {words_of(error)}"
    return ""


def bucket_of(config: Config) -> Bucket | None:
    """The bucket that the settings name."""
    settings = config.settings.pictures
    if not settings.bucket:
        return None
    return Bucket(
        settings.endpoint,
        settings.bucket,
        settings.region,
        settings.access_key,
        settings.secret_key.get_secret_value(),
    )
