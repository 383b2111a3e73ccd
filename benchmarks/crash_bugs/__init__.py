"""What the crash benchmark is made of: the folder, the process, the readers from outside, the planted bugs."""
