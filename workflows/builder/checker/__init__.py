"""The checker: what is allowed and still looks wrong, in one workflow and between the shop's workflows."""
