"""Where this app's pages find the panel and auto-load: stillroom, under its old names."""

from stillroom.compat import auto_load_if_available, render_results_storage_panel

__all__ = ["auto_load_if_available", "render_results_storage_panel"]
