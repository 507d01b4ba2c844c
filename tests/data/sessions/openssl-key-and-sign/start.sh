echo contract > contract.txt
