"""What guard ships with: the weights of its score and its calibration."""
