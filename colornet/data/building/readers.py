"""The sources by name: settings in, a `clips.ClipReader` out."""

from colornet.data.building.settings import RecordsConfig
from colornet.data.sources import clips, davis, films, frames, imagenet, photos

MOVING = (davis.Davis, films.Films, frames.Frames)


def make(config: RecordsConfig) -> clips.ClipReader:
    """The reader of what `config` describes."""
    which = {
        "folder": config.input,
        "short_side": config.short_side,
        "split_list": config.split_list,
        "exclude": config.exclude,
    }
    cutting = {
        "clip_length": config.clip_length,
        "stride": config.stride or config.clip_length,
    }
    choosing = {
        "cut_threshold": config.cut_threshold,
        "min_change": config.min_change,
        "min_color": config.min_color,
    }
    if config.source == "davis":
        return davis.Davis(**which, **cutting, resolution=config.resolution)
    if config.source == "films":
        return films.Films(**which, **cutting, **choosing)
    if config.source == "frames":
        return frames.Frames(**which, **cutting, **choosing)
    if config.source == "imagenet":
        return imagenet.ImageNet(**which)
    return photos.Photos(**which, min_color=config.min_color)
