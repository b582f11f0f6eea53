package command

import (
	"github.com/vodrefresh/vodrefresh/functions/engine"
	"github.com/vodrefresh/vodrefresh/functions/engine/onaws"
	"github.com/vodrefresh/vodrefresh/functions/engine/onnats"
	"github.com/vodrefresh/vodrefresh/functions/engine/onredis"
)

// drivers are all there are: the local server has them built in.
func drivers() []engine.Driver {
	return []engine.Driver{onnats.Driver(), onredis.Driver(), onaws.Driver()}
}
