"""Work that other processes do, on other machines too: what a job is, and the queue it waits in."""
