"""Records of played episodes, as data: episodes, spikes, recordings, histories, response maps."""
