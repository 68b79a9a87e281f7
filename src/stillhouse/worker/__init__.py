"""What runs beside the gateways: it turns journals into segments and settles what the dead left.

complete journal files -> seal -> Parquet + one ledger transaction -> files removed
writers whose lock is free -> recover -> open records settled by rule -> sealed -> released

ports     what this room needs of the disk
seal      one file, one segment, exactly once
recover   after a crash, and after every orderly end too: there is one way out
"""
