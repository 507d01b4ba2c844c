set -gx STAGE test
echo "stage = $STAGE" > src/stage.ini
cat src/stge.ini
cat src/stage.ini
set -e STAGE
