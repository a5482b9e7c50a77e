"""For a Redis that makes no users by itself: prints them as lines of its ACL file.

PARLEY_SECRET=… python -m cli.provisioning.acl_file >> users.acl
"""

import sys

from cli.command_line.settings import cli_settings
from cli.embedded.directory import default_data_dir, make_data_dir
from cli.provisioning.cluster import cluster_secret
from cli.provisioning.redis_users import acl_line, service_redis_url
from cli.provisioning.services import SERVICES


def main() -> None:
    """Standard output has the lines; standard error each service's REDIS_URL, which is a secret.

    The address is that of REDIS_URL, the passwords are those that `parley provision` would give.
    """
    settings = cli_settings()
    secret = cluster_secret(make_data_dir(settings.data_dir or default_data_dir()))
    for unit in SERVICES:
        sys.stdout.write(acl_line(unit, secret) + "\n")
    if settings.redis_url is not None:
        for unit in SERVICES:
            url = service_redis_url(settings.redis_url, unit, secret)
            sys.stderr.write(f"{unit.name}: REDIS_URL={url}\n")


if __name__ == "__main__":
    main()
