"""Fine-tuning: a host trained for a task, with a head where it needs one."""
