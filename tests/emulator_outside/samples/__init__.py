"""Complete small applications in the style of Twilio's public samples: what people build, run against the emulator."""
