"""Client networks: what throttles and sign-in lists compare (ASVS 6.3.1)."""

from ipaddress import IPv6Address, ip_address, ip_network


def network_of(client_address: str | None) -> str:
    """What a client counts as: an IPv4 address alone, an IPv6 address by its /64; "unknown" for anything else."""
    try:
        address = ip_address(client_address or "")
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((int(address), 64), strict=False))
    return str(address)
