"""WSGI entry point served by granian."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhujian.settings")
application = get_wsgi_application()


def warm() -> None:
    """Do at the start what each process would otherwise do while its first callers wait.

    Addresses and templates are loaded, and what lives as long as the process is taken out of the garbage collector's rounds: a full
    round over it stopped a page for 150 milliseconds.
    """
    from pathlib import Path

    from django.template.loader import get_template
    from django.template.utils import get_app_template_dirs
    from django.urls import get_resolver

    _ = get_resolver().reverse_dict
    own = Path(__file__).parent
    for folder in [own / "templates", *(Path(found) for found in get_app_template_dirs("templates"))]:
        if folder.is_relative_to(own):
            for file in folder.rglob("*.html"):
                get_template(str(file.relative_to(folder)))
    gc.collect()
    gc.freeze()


warm()
