"""What must exist before a service starts: roles, schemas, tables, streams, groups, a tenant.

Run twice it changes nothing. One job for the embedded cluster, compose and Helm alike.
"""
