"""What records of this system are called as subjects of other rooms."""

KIND = "service.citizens"
CODE = "service.citizens.code"
