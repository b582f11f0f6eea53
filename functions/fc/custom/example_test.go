package custom_test

import (
	"fmt"

	"github.com/vodrefresh/vodrefresh/functions/fc/custom"
)

func ExampleWhere() {
	fmt.Printf("%+v\n", custom.Where([]string{"FC_FUNCTION_NAME=vodrefresh-refresh", "FC_SERVER_PORT=9000"}))
	fmt.Printf("%+v\n", custom.Where([]string{"PATH=/usr/bin"}))
	// Output:
	// {Inside:true Addr:0.0.0.0:9000}
	// {Inside:false Addr:0.0.0.0:9000}
}
