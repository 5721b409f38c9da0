"""Events told to other programs, as Standard Webhooks has it: queued, signed, sent, managed."""
