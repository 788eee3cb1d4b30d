"""The closed loop: observation, encoder, network, decoder, action, environment."""
