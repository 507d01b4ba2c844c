"""What an agent's hooks tell while it works lands in a run that goes on as long as the agent."""
