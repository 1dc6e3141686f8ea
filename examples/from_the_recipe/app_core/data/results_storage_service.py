"""Where this app's pages find the storage service: stillroom, under its old names."""

from stillroom.compat import NpEncoder, ResultsStorageService, get_storage_service

__all__ = ["NpEncoder", "ResultsStorageService", "get_storage_service"]
