"""Where the keepers' pool is: a local one, whose keys are fetched from there."""

import os

from wsgi_gateway.authorizers.cognito import CognitoVerifier

verifier = CognitoVerifier(
    [os.environ["KEEPERS_POOL"]], endpoint=os.environ["KEEPERS_ENDPOINT"], timeout=20, cool_down=1
)
