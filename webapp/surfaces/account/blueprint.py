"""The blueprint: closed to all but role "user", except for views that are marked `@public`."""

from flask import Blueprint

from webapp.surfaces.shared.people import guard

bp = Blueprint("account", __name__, subdomain="shop", url_prefix="/account")
guard(bp, "user")
