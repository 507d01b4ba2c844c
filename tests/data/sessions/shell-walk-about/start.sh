mkdir -p deep/down
echo treasure > deep/down/chest
