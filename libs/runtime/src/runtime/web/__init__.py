"""HTTP for every service."""

from runtime.web.app import Check, make_app, run_checks
from runtime.web.guarded import guarded
from runtime.web.problems import problem
from runtime.web.server import HttpServer

__all__ = ["Check", "HttpServer", "guarded", "make_app", "problem", "run_checks"]
