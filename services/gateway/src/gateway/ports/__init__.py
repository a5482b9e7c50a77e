"""What the front door needs of the outside. Every method may raise UnavailableError.

Whatever takes a tenant sees that tenant's data alone: another's id is as absent as one never made.
"""
