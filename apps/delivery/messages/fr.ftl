# To the buyer: the money is certain, the store is asked.
assured = { $store } a reçu votre commande de { $total }. Nous vous prévenons dès qu'elle est acceptée.
    .subject = Votre commande chez { $store }
    .sms = { $brand } : { assured }

# The store takes it, and says how long it will take.
accepted = { $store } a accepté votre commande. { $how ->
        [fetched] Vous pouvez la retirer à partir de { $time }.
       *[brought] Elle devrait être chez vous vers { $time }.
    }
    .subject = Votre commande est acceptée
    .sms = { $brand } : { accepted }

# It can be fetched.
ready = Votre commande est prête chez { $store }. Donnez ce numéro en la retirant : { $pin }
    .subject = Votre commande est prête
    .sms = { $brand } : { ready }

# Somebody brings it.
on_way = Votre commande de { $store } est en route et devrait être chez vous vers { $time }. Donnez ce numéro à la porte : { $pin }
    .subject = Votre commande est en route
    .sms = { $brand } : { on_way }

delivered = Votre commande de { $store } a été remise.
    .subject = Votre commande est arrivée
    .sms = { $brand } : { delivered }

# Nobody was found yet who brings it.
no_rider = Personne n'était libre pour apporter votre commande de { $store }. Nous continuons à chercher, et quelqu'un s'en occupe.
    .subject = Nous cherchons encore un livreur
    .sms = { $brand } : { no_rider }

cancelled = Votre commande chez { $store } est annulée. { $who ->
        [buyer] Vous l'avez annulée.
        [merchant] Le magasin n'a pas pu la prendre.
        [too_late] Elle a été payée après que ses articles ont été donnés à d'autres.
       *[operator] Nous avons dû l'annuler.
    }{ $has_why ->
        [yes] {" "}La raison : { $why }
       *[no] {""}
    }

    { $has_back ->
        [yes] { $back } vous sont rendus, par le moyen que vous aviez choisi.
       *[no] Vous n'avez rien à payer.
    }{ $has_kept ->
        [yes] {" "}Le magasin garde { $kept }, parce qu'il avait commencé.
       *[no] {""}
    }{ $has_coins ->
        [yes] {" "}Vos points d'une valeur de { $coins } sont de nouveau à vous.
       *[no] {""}
    }
    .subject = Votre commande est annulée
    .sms = { $brand } : { cancelled }

# Money has gone back.
refunded = { $amount } vous ont été rendus pour votre commande chez { $store }. Chez certaines banques, il faut quelques jours pour le voir.
    .subject = { $amount } vous ont été rendus
    .sms = { $brand } : { refunded }

# The gateway is down, or did not say what became of it.
pay_waiting = Votre paiement de { $total } pour { $store } est à l'étude. Ne payez pas une seconde fois : rien n'est pris deux fois. Nous vous prévenons quand c'est réglé.
    .subject = Votre paiement est à l'étude
    .sms = { $brand } : { pay_waiting }

# It will not be paid for.
unpaid = Votre commande chez { $store } n'a pas été passée : { $why ->
        [expired] elle n'a pas été payée à temps.
       *[failed] le paiement n'a pas abouti.
    } Rien n'a été pris ; si quelque chose arrive plus tard, cela vous revient de soi-même. Vous pouvez commander à nouveau.
    .subject = Votre paiement n'a pas abouti
    .sms = { $brand } : { unpaid }

# To whoever works for a store.
shop_new = Nouvelle commande : { $things } articles pour { $total } chez { $store }.
    .subject = Nouvelle commande
    .sms = { $brand } : { shop_new }

shop_cancelled = La commande { $order } chez { $store } est annulée{ $who ->
        [buyer] {" "}par la personne qui l'a passée.
       *[operator] .
    }{ $has_why ->
        [yes] {" "}La raison : { $why }
       *[no] {""}
    }
    .subject = Commande annulée
    .sms = { $brand } : { shop_cancelled }

shop_stuck = La commande { $order } chez { $store } n'avance pas ; elle attend : { $status ->
        [pending] pas encore acceptée
        [confirmed] acceptée et pas commencée
       *[preparing] en préparation
    }.
    .subject = Une commande attend
    .sms = { $brand } : { shop_stuck }

# To riders.
offered = { $pay } pour { $km } km depuis { $store }. L'apportez-vous ?
    .subject = Une nouvelle offre
    .sms = { $brand } : { offered }

given = Une commande de { $store } vous a été confiée. Ouvrez l'application pour voir où.
    .subject = Une commande pour vous
    .sms = { $brand } : { given }

taken_back = La commande de { $store } n'est plus à apporter par vous.
    .subject = Elle n'est plus à vous
    .sms = { $brand } : { taken_back }

ride_cancelled = La commande de { $store } est annulée : il n'y a rien à apporter.
    .subject = Commande annulée
    .sms = { $brand } : { ride_cancelled }

# To whoever works for the market.
stuck = La commande { $order } de { $store } n'avance pas depuis trop longtemps. Elle en est à : { $status }.
    .subject = Une commande n'avance pas
    .sms = { $brand } : { stuck }

unserved = Personne n'a été trouvé pour apporter la commande { $order } de { $store }. Confiez-la à quelqu'un.
    .subject = Personne n'apporte une commande
    .sms = { $brand } : { unserved }

gateway = Les paiements par { $method ->
        [card] carte
        [mobile_money] téléphone
       *[other] { $method }
    } attendent : personne ne les prend en ce moment. Ils sont tentés de nouveau d'eux-mêmes, et leurs acheteurs sont prévenus.
    .subject = Des paiements attendent
    .sms = { $brand } : { gateway }

pay_trouble = Le paiement { $payment } de { $amount } demande que quelqu'un le regarde : { $what ->
        [capture_failed] ce qui était réservé n'a pas pu être pris
        [refund_failed] il n'a pas pu être rendu
        [disputed] un autre montant est annoncé
        [charged_back] la banque de l'acheteur l'a repris
       *[unanswered] aucune réponse ne vient
    }.
    .subject = Un paiement demande quelqu'un
    .sms = { $brand } : { pay_trouble }

# Announced power cuts: to buyers whose order is under way, and to riders in the area.
outage_order = Le courant sera coupé chez { $store } de { $from } à { $until }. Votre commande peut prendre plus de temps.
    .subject = Une coupure de courant chez { $store }
    .sms = { $brand } : { outage_order }

outage_ride = Le courant sera coupé à { $area } de { $from } à { $until } : des magasins ferment, feux et ascenseurs peuvent être arrêtés.
    .subject = Une coupure de courant à { $area }
    .sms = { $brand } : { outage_ride }
