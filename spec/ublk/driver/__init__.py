"""The ublk driver, and the part of io_uring and blk-mq it needs, as ordinary Python objects.

A second reading of what the kernel does, with one class per revision (`driver.revisions`). Nothing here
is shared with the specification: it is written from the kernel's sources and mails alone.
"""
