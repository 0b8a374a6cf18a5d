"""A carrier in a box: speaks Twilio's REST API and signed voice webhooks over HTTP and interprets TwiML."""
