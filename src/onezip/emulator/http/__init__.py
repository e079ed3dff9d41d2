"""HTTP/1.1 for the emulator's servers: messages, the wire, who may pass, the server."""
