"""An archive -> a running function in AWS, or the text with which another tool makes it one."""
