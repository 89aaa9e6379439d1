"""No netlink, packet, vsock, Bluetooth, CAN, XDP or crypto socket can be made.

must: hold
"""
import socket, sys

NETLINK, PACKET, VSOCK, BLUETOOTH, CAN, XDP, ALG, TIPC, QIPCRTR, RDS, NFC, KCM, SMC, PPPOX, KEY, RXRPC = (
    16, 17, 40, 31, 29, 44, 38, 30, 42, 21, 39, 41, 43, 24, 15, 33
)  # fmt: skip
for family in (NETLINK, PACKET, VSOCK, BLUETOOTH, CAN, XDP, ALG, TIPC, QIPCRTR, RDS, NFC, KCM, SMC, PPPOX, KEY, RXRPC):
    for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM, socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
        for protocol in range(0, 23):
            try:
                made = socket.socket(family, kind, protocol)
            except PermissionError:
                continue
            made.close()
            sys.exit(f"BROKEN: family {family}, kind {kind}, protocol {protocol}")
print("HELD")
