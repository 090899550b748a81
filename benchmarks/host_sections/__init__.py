"""What post-training costs hosts of each family: their sizes, one step with and without the graphs."""
