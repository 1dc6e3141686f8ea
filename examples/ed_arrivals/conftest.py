"""Beside the modules, so that pytest puts this folder on the import path."""
