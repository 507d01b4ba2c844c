awk 'BEGIN { for (i = 0; i < 60; i++) printf "2025-04-0%d %02d:%02d:00 %s request %d took %dms\n", 1 + int(i / 30), i % 24, i, (i % 7 ? "INFO" : "ERROR"), 9000 + i, i * 13 % 97 }' > app.log
