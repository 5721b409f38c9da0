"""A newsletter's logo and cover, kept beside the pictures of stories."""

from pathlib import Path

from digest.config import Config
from digest.error_words import words_of
from digest.log import get_logger
from digest.model import Newsletter, NewsletterPictures, PictureFile
from digest.own_pictures import read_own_picture
from digest.services.pictures.store import put_pictures

log = get_logger(__name__)


def own_pictures(config: Config, newsletter: Newsletter) -> NewsletterPictures:
    """What the settings name, as the files are now; without one that cannot be read or kept.

    Settings were checked when they were read: a file can only have gone since.
    """

    def kept(named: Path | None) -> PictureFile | None:
        if named is None:
            return None
        try:
            picture = read_own_picture(config.path(named))
        except (OSError, ValueError) as error:
            reason = words_of(error) if isinstance(error, OSError) else str(error)
        else:
            reason = put_pictures(config, {picture.file.name: picture.data})
            if not reason:
                return picture.file
        log.warning("no picture", file=str(named), reason=reason)
        return None

    logo = kept(newsletter.logo)
    return NewsletterPictures(
        logo, kept(newsletter.logo_dark) if logo else None, kept(newsletter.cover)
    )
