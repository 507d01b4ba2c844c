./deploy.sh
export REGION=eu-west
./deploy.sh
cat deployed
