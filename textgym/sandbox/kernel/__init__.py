"""What the Linux kernel offers to lock a process up, by ctypes and without a compiled dependency."""
