"""The emulator judged from outside: by the reference alone, by official SDKs, by a description, by sample programs."""
