echo payload > payload
