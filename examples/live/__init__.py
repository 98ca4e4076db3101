"""A bootstrap in earnest: hosts in network namespaces that speak the draft's messages, judged while they do.

A home agent, a mobile node or two, and the home agent that failed are scapy automata, each host a process in a network
namespace of its own, on a bridge whose links may lose packets. ``haboot conform -i`` follows the bridge::

    python -m examples.live
    python -m examples.live --loss 30
    python -m examples.live --fault b-bit-cleared

IKEv2 is the shape of its messages, with payloads in the clear; ESP has a NULL cipher. Nothing of the model is used by
the hosts but its plan of addresses. Everything is gone when the program ends, however it ends.
"""
