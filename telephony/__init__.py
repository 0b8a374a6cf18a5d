"""The only folder that has heard of Twilio: its webhooks become signals, replies become TwiML, and REST is one seam."""
