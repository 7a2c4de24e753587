module acetate/guest

go 1.24
