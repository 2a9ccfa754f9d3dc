"""The sweep: UDP requests to every address in rounds, and the replies to them."""
