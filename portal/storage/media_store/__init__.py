"""Where recordings, renditions and posters are kept: files under random keys, never under a name from outside.

A folder of this machine, or a bucket of a store that speaks S3. Nobody but this package knows which.
"""

import importlib

from portal.settings import Settings
from portal.storage.media_store.contract import MediaStore, NoRoom, StoreAway, UnknownKey
from portal.storage.media_store.incoming import Incoming
from portal.storage.media_store.local import LocalMediaStore

__all__ = ["Incoming", "LocalMediaStore", "MediaStore", "NoRoom", "StoreAway", "UnknownKey", "store_for"]


def store_for(settings: Settings) -> MediaStore:
    """The store that the settings name. Nothing is asked of it yet, but the folders of this machine are made."""
    floor = settings.free_disk_floor_bytes
    bucket = settings.media_bucket
    if bucket is None:
        return LocalMediaStore(
            settings.media_folder,
            floor,
            incoming=settings.own_incoming_folder,
            group_reads=settings.send_files == "nginx",  # which is another account, in the portal's group
        )
    incoming = Incoming(settings.own_incoming_folder or settings.instance_path / "incoming", floor)
    s3 = importlib.import_module("portal.storage.media_store.s3")  # its client is large, and few portals need it
    store: MediaStore = s3.S3MediaStore(
        bucket,
        incoming,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key,
        connections=settings.web_threads,
    )
    return store
