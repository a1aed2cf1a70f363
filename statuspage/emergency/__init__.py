"""The emergency tool, `python -m statuspage.emergency`: the page goes on while everything else is out.

It needs no Postgres, no Redis and no running application, only `requirements/emergency.txt`, the sealed
folder that its `init` made, and somebody who knows the passphrase.
"""
