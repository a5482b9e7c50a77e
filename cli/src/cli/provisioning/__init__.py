"""What must exist before a service starts: roles, tables, streams, groups, Redis users, a tenant.

Run twice it changes nothing. One job for the embedded cluster, compose and Helm alike.
"""
